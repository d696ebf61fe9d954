function __hkctl_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    test -x "$program"; or set program hkctl
    for line in ($program complete -- $words[2..-1] "$word" 2>/dev/null)
        set -l part (string split \t -- $line)
        if test -n "$part[1]"
            echo $line
            continue
        end
        set -l path (string sub -s (math 1 + (string length -- "$part[3]")) -- "$word")
        set -l found (complete -C "'' $path")
        test $part[2] = DIR; and set found (string match -- '*/' $found)
        string replace -r -- '^' "$part[3]" $found
    end
end
complete -c hkctl -f -a '(__hkctl_complete)'
