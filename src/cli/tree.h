/*
 * What the DNS says of a name, and the route to a domain, as trees for a terminal.
 */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include "routing/pathfinder.h"
#include "term/tree.h"

/*
 * The answers to questions of one name: of each its type and status, its records, what is wrong
 * with it, and the server; the server once, where all are of one.
 */
void cli_tree_answers(struct term_tree *tree, const struct dns_answer *const *answer, size_t n);

/*
 * The route to a domain, as the configuration or the user calls it: mail hosts, their addresses,
 * their TLSA records, each with its status.  As in cli_path_text() an address has DNSSEC at its
 * end where v dials it by authenticated data alone.
 */
void cli_tree_route(struct term_tree *tree, struct str domain, const struct route_facts *facts,
		    const struct route_verdict *v);

#endif
