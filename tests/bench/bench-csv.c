// SPDX-License-Identifier: MIT
/* How many rows as wide as those of a traced frame the CSV writer takes a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/clock.h"
#include "user/lib/csv.h"

#define ROWS  1000000
#define CELLS 33

int main(void)
{
	char path[] = "/tmp/bench-csv-XXXXXX", header[2 * CELLS];
	int fd = mkstemp(path);
	struct csv *csv;
	uint64_t began, took;

	for (int i = 0; i < CELLS; i++)
		memcpy(header + 2 * i, "c,", 2);
	header[2 * CELLS - 1] = '\0';
	if (fd < 0 || csv_create(&csv, path, header))
		return EXIT_FAILURE;
	close(fd);
	began = clock_ns();
	for (uint64_t row = 0; row < ROWS; row++) {
		/* as in a real row: a few long timestamps, the rest short times */
		for (uint64_t cell = 0; cell < CELLS; cell++)
			csv_u64(csv, cell < 4 ? began + row : (row * 7919) >> (cell & 15));
		csv_end_row(csv);
	}
	csv_flush(csv);
	took = clock_ns() - began;
	csv_abort(csv);
	unlink(path);
	printf("csv: %.0f rows of %d cells a second\n", ROWS * 1e9 / (double)took, CELLS);
	return EXIT_SUCCESS;
}
