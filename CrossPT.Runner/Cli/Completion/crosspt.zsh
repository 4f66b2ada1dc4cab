#compdef crosspt
# zsh completion for crosspt, by crosspt itself; where it offers nothing, zsh completes file names.
_crosspt() {
    local line="${(j: :)words[1,CURRENT]}"
    local -a offers=("${(@f)$(crosspt "[suggest:${#line}]" "$line" 2>/dev/null)}")
    if [[ -n ${offers[1]} ]]; then
        compadd -- "${offers[@]}"
    else
        _files
    fi
}
compdef _crosspt crosspt
