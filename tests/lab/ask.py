"""Asks a recursive server of the lab as Signpost would: AD set, EDNS 1232, TCP after TC."""

from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype


@dataclass
class Said:
    rcode: str
    ad: bool
    tcp: bool
    ede: list            # numbers
    texts: list          # rdata of the type asked
    chain: list          # targets of the CNAMEs, in the answer's order

    @property
    def words(self):
        """'NOERROR AD', 'SERVFAIL 6' and the like."""
        return " ".join([self.rcode] + ["AD"] * self.ad + [str(n) for n in self.ede])


def ask(server, name, rdtype, timeout=60, ad=True):
    address, port = server.split(":")
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=1232)
    if ad:
        query.flags |= dns.flags.AD
    try:
        reply, tcp = dns.query.udp_with_fallback(query, address, port=int(port), timeout=timeout)
    except dns.exception.Timeout:
        return Said("timeout", False, False, [], [], [])
    wanted = dns.rdatatype.from_text(rdtype)
    texts = [r.to_text() for s in reply.answer if s.rdtype == wanted for r in s]
    chain = [r.to_text() for s in reply.answer if s.rdtype == dns.rdatatype.CNAME for r in s]
    ede = [int(o.code) for o in reply.options if int(o.otype) == 15]
    return Said(dns.rcode.to_text(reply.rcode()), bool(reply.flags & dns.flags.AD), tcp, ede,
                texts, chain)
