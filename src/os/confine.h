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

#endif
