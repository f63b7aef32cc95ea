// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/evtchn: event channels for user space. Load, unload, the module's
 * parameter, and the news that the domain was restored.
 */

#define pr_fmt(fmt) "xen-evtchn: " fmt

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kconfig.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/printk.h>

#include "evtchn.h"

/* Looked at by each bind; ports that are bound already stay. */
module_param_named(max_ports, evtchn_max_ports, uint, 0644);
MODULE_PARM_DESC(max_ports, "how many ports a file may have (default 0: no limit)");

static struct miscdevice evtchn_miscdev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xen/evtchn",
	.fops	= &evtchn_fops,
};

/*
 * Runs as devices are resumed in a domain that was restored or migrated, before
 * user space thaws. After a suspend that was cancelled the channels live on, and
 * the kernel calls ->thaw() instead.
 */
static int evtchn_pm_restore(struct device *dev)
{
	evtchn_files_restored();
	return 0;
}

static const struct dev_pm_ops evtchn_pm_ops = {
	.restore = evtchn_pm_restore,
};

/* A device with no other purpose than to have evtchn_pm_ops called. */
static struct platform_device *evtchn_pm_device;

static struct platform_driver evtchn_pm_driver = {
	.driver = {
		.name	= "xen-evtchn",
		.pm	= &evtchn_pm_ops,
		/* Unbound by sysfs, it would not be called. */
		.suppress_bind_attrs = true,
	},
};

static int __init evtchn_pm_init(void)
{
	int rc;

	rc = platform_driver_register(&evtchn_pm_driver);
	if (rc)
		return rc;

	evtchn_pm_device = platform_device_register_simple("xen-evtchn",
							   PLATFORM_DEVID_NONE,
							   NULL, 0);
	if (IS_ERR(evtchn_pm_device)) {
		platform_driver_unregister(&evtchn_pm_driver);
		return PTR_ERR(evtchn_pm_device);
	}
	return 0;
}

static void evtchn_pm_exit(void)
{
	platform_device_unregister(evtchn_pm_device);
	platform_driver_unregister(&evtchn_pm_driver);
}

static int __init evtchn_init(void)
{
	int rc;

	if (!evtchn_xen_present()) {
		pr_err("not loaded: this is not a guest of Xen\n");
		return -ENODEV;
	}

	if (IS_BUILTIN(CONFIG_XEN_DEV_EVTCHN)) {
		pr_err("not loaded: the kernel has a driver of this device built in\n");
		return -EBUSY;
	}

	rc = evtchn_port_init();
	if (rc)
		return rc;

	rc = evtchn_pm_init();
	if (rc)
		goto out_port_exit;

	rc = misc_register(&evtchn_miscdev);
	if (rc)
		goto out_pm_exit;

	pr_info("version " EVTCHN_VERSION " serves /dev/xen/evtchn\n");
	return 0;

out_pm_exit:
	evtchn_pm_exit();
out_port_exit:
	evtchn_port_exit();
	return rc;
}

static void __exit evtchn_exit(void)
{
	misc_deregister(&evtchn_miscdev);
	evtchn_pm_exit();
	evtchn_port_exit();
}

module_init(evtchn_init);
module_exit(evtchn_exit);

MODULE_DESCRIPTION("Event channels of a Xen guest for user space (/dev/xen/evtchn)");
MODULE_AUTHOR("xen-evtchn developers");
MODULE_VERSION(EVTCHN_VERSION);
MODULE_LICENSE("GPL");
