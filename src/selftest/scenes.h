/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scenes: what is done on a stage before its figure is taken. `n` is how many, where that can be
 * chosen. All return 0 or a negative errno, said in stage->why. */

#include "selftest/stage.h"

/* Live connections to the destination, and to others. */
int sw_scene_established(struct sw_stage *stage, unsigned int n);
int sw_scene_other_port(struct sw_stage *stage, unsigned int n);
int sw_scene_other_address(struct sw_stage *stage, unsigned int n);
int sw_scene_other_source(struct sw_stage *stage, unsigned int n);
int sw_scene_two_sources(struct sw_stage *stage, unsigned int n);  /* 30 of them from the second */
int sw_scene_ipv4(struct sw_stage *stage, unsigned int n);         /* to the IPv4 address */
int sw_scene_other_family(struct sw_stage *stage, unsigned int n); /* to one of its own */
int sw_scene_device_bound(struct sw_stage *stage, unsigned int n);
int sw_scene_syn_sent(struct sw_stage *stage, unsigned int n);

/* Closed connections to it. */
int sw_scene_close_wait(struct sw_stage *stage, unsigned int n);
int sw_scene_server_closed_first(struct sw_stage *stage, unsigned int n);
int sw_scene_fin_wait2(struct sw_stage *stage, unsigned int n);
int sw_scene_time_wait(struct sw_stage *stage, unsigned int n);
int sw_scene_time_wait_other_port(struct sw_stage *stage, unsigned int n);
int sw_scene_time_wait_and_established(struct sw_stage *stage, unsigned int n);

/* Ports of the range that something else than connect() has given out. */
int sw_scene_listener(struct sw_stage *stage, unsigned int n);
int sw_scene_listener_other_address(struct sw_stage *stage, unsigned int n);
int sw_scene_listener_ipv6(struct sw_stage *stage, unsigned int n);
int sw_scene_bound(struct sw_stage *stage, unsigned int n);
int sw_scene_bound_wildcard(struct sw_stage *stage, unsigned int n);
int sw_scene_bound_any(struct sw_stage *stage, unsigned int n);
int sw_scene_bound_other_address(struct sw_stage *stage, unsigned int n);
int sw_scene_bound_then_closed(struct sw_stage *stage, unsigned int n);
int sw_scene_bound_then_connected(struct sw_stage *stage, unsigned int n);
int sw_scene_bound_then_time_wait(struct sw_stage *stage, unsigned int n);
int sw_scene_bound_any_then_connected(struct sw_stage *stage, unsigned int n);
int sw_scene_no_port(struct sw_stage *stage, unsigned int n);
int sw_scene_orphaned_children(struct sw_stage *stage, unsigned int n);

/* A little of all of it. */
int sw_scene_mixed(struct sw_stage *stage, unsigned int n);
