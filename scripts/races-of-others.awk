# SPDX-License-Identifier: MIT
# races-of-others.awk - a kernel's log without the races that are the kernel's own
#
# KCSAN sees those as well, such as that of the idle loop with its timer. A race that is looked
# for here has a module in one of its stacks; what an interrupt has interrupted has no part in it.
# How many were left out goes to stderr.
function judge() {
	if (keep)
		printf "%s", report
	else
		others++
}
/BUG: KCSAN/ {
	if (inside)
		judge()
	report = ""
	inside = 1
	keep = 0
}
!inside {
	print
	next
}
{ report = report $0 "\n" }
/ by (task|interrupt)/ { interrupted = 0 }
/asm_(sysvec|common_interrupt)/ { interrupted = 1 }
!interrupted && /\+0x[0-9a-f]+\/0x[0-9a-f]+ \[[a-z0-9_]+\]/ { keep = 1 }
# what another processor said in between
!/BUG: KCSAN/ && /WARNING|BUG|Oops|KASAN|UBSAN|INFO: |corruption| stall| fault/ { keep = 1 }
/=========/ {
	inside = 0
	judge()
}
END {
	if (inside)
		printf "%s", report
	if (others)
		print others " races of the kernel with itself left out" >"/dev/stderr"
}
