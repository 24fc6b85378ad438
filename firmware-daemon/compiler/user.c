/* SPDX-License-Identifier: MIT
 *
 * Users of this machine.
 */
#include "user.h"

#include <grp.h>
#include <pwd.h>

enum user_found user_find(const char *name, struct identity *identity)
{
	/* cppcheck-suppress getpwnamCalled ; there is one thread */
	const struct passwd *user = getpwnam(name);
	gid_t groups[MAX_GROUPS];
	int count = MAX_GROUPS;
	int whole;

	*identity = (struct identity){.uid = UINT32_MAX, .gid = UINT32_MAX};
	if (!user)
		return USER_UNKNOWN;
	identity->uid = user->pw_uid;
	identity->gid = user->pw_gid;
	whole = getgrouplist(name, user->pw_gid, groups, &count);
	/* Where there are more, count says how many, and the first are there. */
	identity->group_count = (uint32_t)(count > MAX_GROUPS ? MAX_GROUPS : count);
	for (uint32_t i = 0; i < identity->group_count; i++)
		identity->groups[i] = groups[i];
	return whole < 0 ? USER_GROUPS_CUT : USER_FOUND;
}

void user_add_group(struct identity *identity, const char *group)
{
	/* cppcheck-suppress getgrnamCalled ; there is one thread */
	const struct group *found = getgrnam(group);

	if (!found || identity->group_count == MAX_GROUPS)
		return;
	for (uint32_t i = 0; i < identity->group_count; i++)
		if (identity->groups[i] == found->gr_gid)
			return;
	identity->groups[identity->group_count++] = found->gr_gid;
}
