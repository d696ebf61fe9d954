function __hkctl_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (hkctl complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case \tFILE
                __fish_complete_path (commandline -ct)
            case \tDIR
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c hkctl -f -a '(__hkctl_complete)'
