# SPDX-License-Identifier: MIT
# vpipe-trace.fish - what bash's completion finds, for fish
#
# That is installed beside it, in share/bash-completion; VPIPE_COMPLETION names another place.

set -g __vpipe_completion (path resolve (status dirname)/../../bash-completion/completions/vpipe-trace 2>/dev/null; or realpath (status dirname)/../../bash-completion/completions/vpipe-trace 2>/dev/null)

function __vpipe_complete
	set -l helper $__vpipe_completion
	set -q VPIPE_COMPLETION; and set helper $VPIPE_COMPLETION
	test -r "$helper"; or return
	bash $helper --candidates (commandline -opc) (commandline -ct)
end

for program in vpipe-trace vpipe-bench-fixture vpipe-capture-dmabuf vpipe-capture-m2m vpipe-capture-mmap vpipe-capture-read vpipe-capture-userptr vpipe-cv-ref vpipe-fixture-feed vpipe-meta-drain vpipe-pgm-diff
	complete -c $program -f -a '(__vpipe_complete)'
end
