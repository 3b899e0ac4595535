// SPDX-License-Identifier: MIT
/* device-hist-csv.c - RUN.device-hist.csv: of several devices, what the kernel counted of each */
#include "loader/runs/figures.h"
#include "loader/sinks/run-csv.h"

static int finish_device_hist(void *state, const struct run *run, const struct sink_place *place)
{
	struct csv *csv;
	int err;

	(void)state;
	if (!run->n_devices || !run->devices[0].hists)
		return 0; /* hist.csv has it all */
	err = run_csv_open(&csv, place, RUN_FILE_DEVICE_HIST, &device_hist_schema);
	if (err)
		return err;
	for (unsigned int i = 0; i < run->n_devices; i++) {
		const struct device_sums *device = &run->devices[i];

		for (unsigned int which = 0; which <= path_e2e(device->path); which++)
			run_csv_hist(csv, device->node, path_hist_name(device->path, which),
				     &device->hists[which]);
	}
	return run_csv_commit(csv, place, RUN_FILE_DEVICE_HIST);
}

const struct sink sink_device_hist_csv = {.finish = finish_device_hist};
