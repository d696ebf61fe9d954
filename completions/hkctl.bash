_hkctl() {
    local IFS=$'\n' program=${COMP_WORDS[0]/#~\//$HOME/} word= line lead files path n=0
    local -a words
    # "--output=json" is three words to bash.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ $n -gt 0 && ($word == =* || ${words[n-1]} == *=) ]]; then
            words[n-1]+=$word
        else
            words[n++]=$word
        fi
    done
    word=${words[n-1]}
    lead=${word%"$2"}
    [ -x "$program" ] || program=hkctl
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        $'\tFILE\t'*) files=-f ;;
        $'\tDIR\t'*) files=-d ;;
        *) COMPREPLY+=("${line#"$lead"}"); continue ;;
        esac
        line=${line#$'\t'*$'\t'}
        compopt -o filenames 2>/dev/null
        while IFS= read -r path; do
            path=$line$path
            COMPREPLY+=("${path#"$lead"}")
        done < <(compgen $files -- "${word#"$line"}")
    done < <("$program" complete -- "${words[@]}" 2>/dev/null)
}
complete -F _hkctl hkctl
