/* SPDX-License-Identifier: MIT */
/*
 * splits.h - what a frame should be charged with, said a second time
 *
 * Each stage with what the hand did in it that has fired its event.
 */
#ifndef VPIPE_TESTS_FUZZ_SPLITS_H
#define VPIPE_TESTS_FUZZ_SPLITS_H

#include <stddef.h>

#include "tests/fuzz/model.h"

/**
 * Is @frame, of which the hands have told as @model says, charged with what they did? What is wrong
 * goes to @wrong of @size bytes, unless there is something already.
 */
void splits_check(const struct vpipe_frame *frame, const struct model_frame *model, char *wrong,
		  size_t size);

#endif /* VPIPE_TESTS_FUZZ_SPLITS_H */
