#compdef hkctl
_hkctl() {
    local program=${~words[1]} line files= result=1
    local -a found
    [[ -x $program ]] || program=hkctl
    while IFS= read -r line; do
        case $line in
        $'\t'*) files=${line#$'\t'} ;;
        *) found+=("$line") ;;
        esac
    done < <($program complete -- "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
    (( ${#found} )) && compadd -- "${found[@]}" && result=0
    if [[ -n $files ]]; then
        compset -p ${#files#*$'\t'}
        if [[ $files == DIR* ]]; then _files -/ && result=0; else _files && result=0; fi
    fi
    return result
}
# Loaded by the first completion, or by "source".
if [[ ${funcstack[1]} == _hkctl ]]; then _hkctl "$@"; else compdef _hkctl hkctl; fi
