/*
 * What a process gives up for good once it has all that it needs rights for.
 * Before it has threads: each of them gets what is left.
 */
#ifndef OS_CONFINE_H
#define OS_CONFINE_H

#include "base/err.h"

/*
 * Nothing that is executed from now on has capabilities (the bounding set is empty).
 * Only as root: another may not take from it, and needs not.  ERR_IO.
 */
enum err os_confine_bound(void) MUST_USE;

/*
 * No right is ever gained again (no_new_privs), none is inherited; who is not root
 * keeps no capability.  ERR_IO.
 */
enum err os_confine(void) MUST_USE;

/*
 * What is in memory, passwords among it, is in no core, and no other process of the same user
 * can look at it.  After os_user_become().  ERR_IO.
 */
enum err os_confine_core(void) MUST_USE;

#endif
