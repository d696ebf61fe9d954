#compdef hkctl
_hkctl() {
    local line files=
    local -a found
    while IFS= read -r line; do
        case $line in
        $'\tFILE') files=1 ;;
        $'\tDIR') files=2 ;;
        *) found+=("$line") ;;
        esac
    done < <(hkctl complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( ${#found} )) && compadd -- "${found[@]}"
    [[ $files == 1 ]] && _files
    [[ $files == 2 ]] && _files -/
    return 0
}
compdef _hkctl hkctl
