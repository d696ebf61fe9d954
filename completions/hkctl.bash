_hkctl() {
    local IFS=$'\n' line files=
    COMPREPLY=()
    while read -r line; do
        case $line in
        $'\tFILE') files=1 ;;
        $'\tDIR') files=2 ;;
        *) COMPREPLY+=("$line") ;;
        esac
    done < <(hkctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ -n "$files" ]; then
        while read -r line; do
            COMPREPLY+=("$line")
        done < <(if [ "$files" = 1 ]; then compgen -f -- "${COMP_WORDS[COMP_CWORD]}"; else compgen -d -- "${COMP_WORDS[COMP_CWORD]}"; fi)
    fi
    [ -n "$files" ] && compopt -o filenames 2>/dev/null
    return 0
}
complete -F _hkctl hkctl
