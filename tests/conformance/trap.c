// SPDX-License-Identifier: GPL-2.0
/* Memory whose first use waits until somebody fills it in. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device.h"
#include "trap.h"

void trap_set(struct trap *trap)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	trap->fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (trap->fd < 0)
		skip("no userfaultfd: %s", errno_name(errno));
	trap->size = (size_t)sysconf(_SC_PAGESIZE);
	trap->page = mmap(NULL, trap->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(trap->page != MAP_FAILED, "mmap: %s", errno_name(errno));
	area.range.start = (uintptr_t)trap->page;
	area.range.len = trap->size;
	EXPECT_RET(ioctl(trap->fd, UFFDIO_API, &api), 0);
	EXPECT_RET(ioctl(trap->fd, UFFDIO_REGISTER, &area), 0);
}

void trap_wait(const struct trap *trap)
{
	struct pollfd pfd = { .fd = trap->fd, .events = POLLIN };

	EXPECT_RET(poll(&pfd, 1, EVENT_MS), 1);
}

void trap_fill(const struct trap *trap, const void *what, size_t len)
{
	char *page = calloc(1, trap->size);
	struct uffdio_copy copy = {
		.dst = (uintptr_t)trap->page,
		.src = (uintptr_t)page,
		.len = trap->size,
	};

	EXPECT(page, "no memory");
	memcpy(page, what, len);
	EXPECT_RET(ioctl(trap->fd, UFFDIO_COPY, &copy), 0);
	free(page);
}
