/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the feeder's page, read by the actor: what it writes to status.json is JSON, and `feeddog status` can show
 * it. The page is the feeder's alone; but the actor must not fall over whatever a feeder that died left there.
 *
 * Found: a text in it that had no end was read beyond the page (corpus: endless); the time since one before all time is no
 * number (corpus: before_all_time).
 */
#include "fuzz.h"

#include "publish/status_file.h"
#include "compiler/compile.h"
#include "cli/json/json_check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char yaml[] =
        "services:\n"
        "  db: {checks: [{tcp: \"127.0.0.1:5432\"}], restart: /bin/true}\n"
        "  web: {needs: [db], checks: [{http: \"http://127.0.0.1/\"}, {tcp: \"127.0.0.1:80\"}], restart: /bin/true}\n"
        "  bot: {run: [/usr/bin/bot], checks: [{process: {name: bot}}]}\n";

struct stage {
	struct flat *flat;
	struct order_slot *slots;
	struct orders orders;
	struct status_file status;
	struct snapshot *page;
};

static struct stage *stage(void)
{
	static struct stage stage;
	size_t size;
	int fd;

	if (stage.flat)
		return &stage;
	stage.flat = compile_text("f.yaml", yaml, strlen(yaml), stderr);
	must(stage.flat != NULL);
	stage.slots = calloc(stage.flat->service_count + 1U, sizeof(*stage.slots));
	must(stage.slots != NULL);
	stage.orders = (struct orders){.flat = stage.flat, .slots = stage.slots};
	size = snapshot_size(stage.flat->service_count, stage.flat->check_count);
	fd = memfd_create("page", MFD_CLOEXEC);
	must(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	stage.page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(stage.page != MAP_FAILED);
	must(status_file_begin(&stage.status, &stage.orders, fuzz_folder(), "boot", fd) == 0);
	return &stage;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct stage *on = stage();
	struct input input = {bytes, size};
	uint8_t how = take_byte(&input);
	int64_t now_ms = (int64_t)take_number(&input, 4);

	(void)take_some(&input, on->page, on->status.size);
	/* Nearly no bytes are a page of this configuration, so most are made one. */
	if (!(how & 1)) {
		on->page->version = 2;
		on->page->service_count = on->flat->service_count;
		on->page->check_count = on->flat->check_count;
	}
	if (status_file_build(&on->status, how & 2, now_ms, 0))
		must(json_is_object(on->status.json.text, on->status.json.length));
	return 0;
}
