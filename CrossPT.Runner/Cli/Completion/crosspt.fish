# fish completion for crosspt, by crosspt itself; fish adds file names.
function __crosspt_offers
    set -l line (commandline -cp)
    crosspt "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c crosspt -a '(__crosspt_offers)'
