/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * drm.h - what is read of DRM's types, which live in the BTF of its modules
 */
#ifndef VPIPE_PROBES_DRM_H
#define VPIPE_PROBES_DRM_H

#include "probes/v4l2.h"

struct drm_minor___any {
	int index;
} KERNEL_TYPE;

struct drm_mode_config___any {
	int num_total_plane;
} KERNEL_TYPE;

struct drm_device___any {
	struct drm_minor___any *primary;
	struct drm_mode_config___any mode_config;
} KERNEL_TYPE;

struct dma_buf_attachment___any {
	struct dma_buf___any *dmabuf;
} KERNEL_TYPE;

struct drm_gem_object___any {
	__u64 size;
	struct dma_buf___any *dma_buf; /* it is exported as */
	struct dma_buf_attachment___any *import_attach; /* NULL: it is of the card's own memory */
} KERNEL_TYPE;

struct drm_framebuffer___any {
	struct drm_gem_object___any *obj[4];
} KERNEL_TYPE;

struct drm_crtc___any {
	__u32 index;
} KERNEL_TYPE;

struct drm_plane___any {
	__u32 index;
} KERNEL_TYPE;

struct drm_plane_state___any {
	struct drm_crtc___any *crtc;
	struct drm_framebuffer___any *fb;
} KERNEL_TYPE;

struct drm_crtc_state___any {
	void *event;
} KERNEL_TYPE;

struct __drm_planes_state___any {
	struct drm_plane___any *ptr;
	struct drm_plane_state___any *old_state, *new_state;
} KERNEL_TYPE;

struct __drm_crtcs_state___any {
	struct drm_crtc_state___any *new_state;
} KERNEL_TYPE;

/* What is committed, by its name before 7.2 ... */
struct drm_atomic_state___any {
	struct drm_device___any *dev;
	struct __drm_planes_state___any *planes;
	struct __drm_crtcs_state___any *crtcs;
} KERNEL_TYPE;

/* ... and since then. */
struct drm_atomic_commit___any {
	struct drm_device___any *dev;
	struct __drm_planes_state___any *planes;
	struct __drm_crtcs_state___any *crtcs;
} KERNEL_TYPE;

#endif /* VPIPE_PROBES_DRM_H */
