#compdef vpipe-trace vpipe-bench-fixture vpipe-capture-dmabuf vpipe-capture-m2m vpipe-capture-mmap vpipe-capture-read vpipe-capture-userptr vpipe-cv-ref vpipe-fixture-feed vpipe-meta-drain vpipe-pgm-diff
# SPDX-License-Identifier: MIT
# vpipe-trace.zsh - what bash's completion finds, for zsh
#
# That is installed beside it, in share/bash-completion; VPIPE_COMPLETION names another place.

local helper=${VPIPE_COMPLETION:-${${funcsourcetrace[1]%:*}:A:h:h:h}/bash-completion/completions/vpipe-trace}
local -a found
[[ -r $helper ]] || return 1
found=(${(f)"$(bash $helper --candidates "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}")"})
(( $#found )) || return 1
# -Q is not given: what is put in is quoted
compadd -S ' ' -- ${found:#*[=/]}
compadd -S '' -- ${(M)found:#*[=/]}
