/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A way that takes time, in this process: every byte between a listening port and who serves it is handed on half a round trip later, in both directions. */
#ifndef HK_BENCH_RELAY_H
#define HK_BENCH_RELAY_H

#include <stddef.h>

struct relay;

/* `serve` gets the near end of each connection, one and a half round trips after it was asked for, as a server does. It has to return at once. */
struct relay *relay_new(double rtt_ms, void (*serve)(size_t device, int fd));
/* A port of 127.0.0.1 for one more device; 0 when there is none. */
unsigned relay_listen(struct relay *relay, size_t device);
/* Until standard input ends. */
void relay_run(struct relay *relay);

#endif
