/* SPDX-License-Identifier: GPL-2.0 */
/* What must hold between steps, and what a run ends with. */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

/* poll() of every file says what its ring holds. */
void check_polls(void);
/* The irqs, their counts, and Xen's view of ports of ours. */
void check_ports(void);
/* Nothing of the kernel's has changed; a sample of the channels in between. */
void check_others(void);

/* Read and write back all there is, until nothing is left. */
void check_drain(void);
/* Every port that has a peer gets an event from it. */
void check_delivery(void);

#endif
