import { isIP } from 'node:net'

/**
 * The network that a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address. One household or
 * server has all 2⁶⁴ addresses behind those.
 *
 * @param peer the address at the other end of the connection
 * @param forwarded the header `X-Forwarded-For`
 * @param trustedProxies how many proxies add to it; the client may have written everything before their entries
 */
export function networkOf(peer: string, forwarded = '', trustedProxies = 0): string {
  const entries = forwarded.split(',').map((entry) => addressIn(entry.trim()))
  const told = trustedProxies > 0 ? entries.at(-Math.min(trustedProxies, entries.length)) : ''
  const address = (told || peer).replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*/, '')
  return isIP(address) === 6 ? prefixOf(address) : address
}

/** The address in an entry, which may have a port; empty for anything else. */
function addressIn(entry: string): string {
  const bare = isIP(entry) ? entry : entry.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) ? bare : ''
}

function prefixOf(address: string): string {
  const [head = [], tail = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part ? part.split(':') : []))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`
}
