/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * vpipe.h - the numbers of the points and stages of our node, for its probe and the loader
 */
#ifndef VPIPE_PROBES_VPIPE_H
#define VPIPE_PROBES_VPIPE_H

/* X(stage, point at its beginning, what the time is charged to, from, to) */
#define VPIPE_STAGES(X)                                                                     \
	X(source, SRC_DONE, "context switches", "source buffer done (vb2)",                 \
	  "source DQBUF returns")                                                           \
	X(handoff, SRC_DQBUF, "application", "source DQBUF returns", "OUTPUT QBUF enters")  \
	X(submit, QBUF, "transport", "OUTPUT QBUF enters", "buffer on the m2m queue")       \
	X(queue, QUEUED, "buffer queueing", "buffer on the m2m queue", "device_run starts") \
	X(copy, RUN, "copies", "device_run starts", "copy done")                            \
	X(cv, COPY_DONE, "compute", "copy done", "ROI processed")                           \
	X(crc, CV_DONE, "integrity", "ROI processed", "CRC done")                           \
	X(publish, CRC_DONE, "transport", "CRC done", "metadata row written")               \
	X(complete, META, "transport", "metadata row written", "CAPTURE buffer done")       \
	X(pickup, CAP_DONE, "queueing, switches", "CAPTURE buffer done", "CAPTURE DQBUF returns")

enum vpipe_stage {
#define X(stage, ...) VPIPE_STAGE_##stage,
	VPIPE_STAGES(X)
#undef X
		VPIPE_N_STAGES,
};

enum vpipe_point {
#define X(stage, point, ...) VPIPE_POINT_##point,
	VPIPE_STAGES(X)
#undef X
		VPIPE_POINT_CAP_DQBUF,
	VPIPE_N_POINTS,
};

/* Those in which counters are read: one thread carries the frame from point to point. */
#define VPIPE_COUNTED_STAGES                                                        \
	(1U << VPIPE_STAGE_submit | 1U << VPIPE_STAGE_copy | 1U << VPIPE_STAGE_cv | \
	 1U << VPIPE_STAGE_crc | 1U << VPIPE_STAGE_publish | 1U << VPIPE_STAGE_complete)

#endif /* VPIPE_PROBES_VPIPE_H */
