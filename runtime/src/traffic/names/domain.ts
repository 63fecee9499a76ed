import { getDomain } from "tldts";

/**
 * Of a domain name the part that somebody registered (the public suffix and one label, publicsuffix.org): "example.co.uk" for
 * "cdn.example.co.uk". It groups names by who answers for them. Providers whose customers share a domain are one group, as they
 * answer for it: "cloudfront.net". A name that is a public suffix itself, and one without a dot, stands for itself.
 */
export function registrableDomain(name: string): string {
  // Names come as hosts, not as URLs; those with "_" or escapes have a domain, too.
  return getDomain(name, { extractHostname: false, validateHostname: false }) ?? name;
}
