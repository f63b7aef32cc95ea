// SPDX-License-Identifier: GPL-2.0
/* C40: gntalloc and gntdev notify through a port when a page goes away. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

/* A page that this domain grants to itself. */
struct granted {
	int fd;
	uint64_t index;
	uint32_t ref;
};

static int open_grant_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		skip("no %s: %s", path, errno_name(errno));
	return fd;
}

static void grant_page(struct granted *page, domid_t domid)
{
	struct ioctl_gntalloc_alloc_gref alloc = {
		.domid = domid,
		.flags = GNTALLOC_FLAG_WRITABLE,
		.count = 1,
	};

	page->fd = open_grant_device("/dev/xen/gntalloc");
	EXPECT_RET(ioctl(page->fd, IOCTL_GNTALLOC_ALLOC_GREF, &alloc), 0);
	page->index = alloc.index;
	page->ref = alloc.gref_ids[0];
}

static void notify_when_freed(const struct granted *page, unsigned int port)
{
	struct ioctl_gntalloc_unmap_notify arg = {
		.index = page->index,
		.action = UNMAP_NOTIFY_SEND_EVENT,
		.event_channel_port = port,
	};

	EXPECT_RET(ioctl(page->fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &arg), 0);
}

TEST_CASE(grant_alloc, "C40 gntalloc notifies the peer of a port when its page is freed")
{
	struct granted page;
	struct pair p;

	grant_page(&page, 0);
	pair_open(&p);
	notify_when_freed(&page, p.a.port);
	expect_silence(p.b.fd);
	close(page.fd);
	expect_event(&p.b);
	unmask(&p.b);
	expect_pair_works(&p);
}

TEST_CASE(grant_unbound, "C40 gntalloc's notification comes after its port was unbound too")
{
	struct granted page;
	struct pair p;

	grant_page(&page, 0);
	pair_open(&p);
	notify_when_freed(&page, p.a.port);
	EXPECT_RET(xenevtchn_unbind(p.a.xce, p.a.port), 0);
	EXPECT_ERR(xenevtchn_notify(p.a.xce, p.a.port), ENOTCONN);
	close(page.fd);
	expect_event(&p.b);
}

TEST_CASE(grant_closed, "C40 gntalloc holds the channel open when the port's file is closed")
{
	struct granted page;
	struct pair p;

	need_hypercalls();
	grant_page(&page, 0);
	pair_open(&p);
	notify_when_freed(&page, p.a.port);
	EXPECT_RET(xenevtchn_close(p.a.xce), 0);
	expect_state(p.a.port, EVTCHNSTAT_interdomain);
	close(page.fd);
	expect_event(&p.b);
	expect_state(p.a.port, EVTCHNSTAT_closed);
}

/*
 * A translated guest (PVH, HVM) that maps a page of its own loses memory that it
 * still uses, whichever driver it has: seen on Linux 6.12 under Xen 4.17.
 */
static void need_untranslated(void)
{
	FILE *file = fopen("/sys/hypervisor/guest_type", "re");
	char type[8] = "";

	if (!file)
		skip("it is not known whether this is a PV guest");
	if (!fgets(type, sizeof(type), file) || strcmp(type, "PV\n"))
		skip("only a PV guest can safely map its own page");
	fclose(file);
}

TEST_CASE(grant_map, "C40 gntdev notifies the peer of a port when a mapping goes")
{
	struct ioctl_gntdev_map_grant_ref map = { .count = 1 };
	struct ioctl_gntdev_unmap_notify arg = {
		.action = UNMAP_NOTIFY_SEND_EVENT,
	};
	struct granted page;
	struct pair p;
	void *address;
	int fd;

	need_untranslated();
	need_hypercalls();
	fd = open_grant_device("/dev/xen/gntdev");
	map.refs[0].domid = own_domid();
	grant_page(&page, own_domid());
	map.refs[0].ref = page.ref;
	EXPECT_RET(ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &map), 0);
	address = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       (off_t)map.index);
	if (address == MAP_FAILED)
		skip("this domain can not map its own page: %s",
		     errno_name(errno));
	pair_open(&p);
	arg.index = map.index;
	arg.event_channel_port = p.a.port;
	EXPECT_RET(ioctl(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &arg), 0);
	expect_silence(p.b.fd);
	EXPECT_RET(munmap(address, 4096), 0);
	close(fd);
	expect_event(&p.b);
}
