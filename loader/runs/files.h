/* SPDX-License-Identifier: MIT */
/*
 * files.h - which files a run has
 */
#ifndef VPIPE_RUNS_FILES_H
#define VPIPE_RUNS_FILES_H

/**
 * The files of a run: X(name, suffix, which sink writes it: sink_NAME). RUN.csv and RUN.meta.csv
 * are written by the capture tool and the metadata drain. run.json is the last one, since it says
 * what the others are.
 */
#define RUN_FILES(X)                                       \
	X(CAPTURE, "csv", none)                            \
	X(META, "meta.csv", none)                          \
	X(FRAMES, "frames.csv", frames_csv)                \
	X(HIST, "hist.csv", hist_csv)                      \
	X(SUMMARY, "summary.csv", summary_csv)             \
	X(CAUSES, "causes.csv", causes_csv)                \
	X(COUNTERS, "counters.csv", counters_csv)          \
	X(SCHED, "sched.csv", sched_csv)                   \
	X(TIMELINE, "timeline.csv", timeline_csv)          \
	X(DROPS, "drops.csv", drops_csv)                   \
	X(BUFFERS, "buffers.csv", buffers_csv)             \
	X(DEVICES, "devices.csv", devices_csv)             \
	X(DEVICE_HIST, "device-hist.csv", device_hist_csv) \
	X(RUN, "run.json", run_json)

enum run_file {
#define X(name, ...) RUN_FILE_##name,
	RUN_FILES(X)
#undef X
		RUN_N_FILES,
};

/** The end of a file's name, behind "RUN.": "frames.csv". */
const char *run_file_suffix(enum run_file file);

#endif /* VPIPE_RUNS_FILES_H */
