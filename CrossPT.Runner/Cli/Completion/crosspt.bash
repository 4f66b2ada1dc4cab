# bash completion for crosspt, by crosspt itself; where it offers nothing, bash completes file names.
_crosspt() {
    local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}" offers
    offers=($(crosspt "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null))
    # bash takes --option=value for three words.
    [[ $word == = ]] && word=
    COMPREPLY=($(compgen -W "${offers[*]#--*=}" -- "$word"))
}
complete -o bashdefault -o default -F _crosspt crosspt
