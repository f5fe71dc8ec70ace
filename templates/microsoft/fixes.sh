## Commands that show or fix a fault of the network, of TLS or of this machine, by the code of its diagnosis.

#template secret-unreadable
bin/postroom keys status

#template name-not-found name-lookup-failed
nslookup {{shell host}}

#template address-not-allowed
#include name-not-found
#say allowNetwork
POSTROOM_ALLOW_NETWORKS={{shell host}}

#template network-unreachable
#include name-not-found
ip -4 route show default
ip -6 route show default

#template connection-refused connection-timed-out connection-lost deadline-passed
nc -vz -w 10 {{shell host}} {{shell port}}

#template certificate-expired certificate-name-mismatch tls-version-unsupported tls-handshake-refused
#if tls
openssl s_client -connect {{endpoint}} -servername {{shell host}} -showcerts </dev/null
#else
openssl s_client -connect {{endpoint}} -servername {{shell host}} -starttls smtp -showcerts </dev/null
#end

#template certificate-untrusted
#include certificate-expired
#say extraCa
NODE_EXTRA_CA_CERTS=/etc/postroom/extra-ca.pem

#template tls-expected starttls-not-offered starttls-required not-an-smtp-server auth-mechanism-unavailable
#if signIn
#include certificate-expired
#else
#say asStartTls
openssl s_client -connect {{endpoint}} -starttls smtp -brief </dev/null
#say asTls
openssl s_client -connect {{endpoint}} -brief </dev/null
#end

#template tenant-not-found tenant-restricted-by-proxy entra-unavailable token-reply-invalid
curl -sS -o /dev/null -w '%{http_code} %{content_type}\n' {{openIdUrl}}

#template clock-wrong assertion-time-invalid
date -u
curl -sSI {{signInUrl}} | grep -i '^date:'
#say timeSync
timedatectl status

#template sender-domain-invalid
nslookup -type=MX {{senderDomain}}
nslookup {{senderDomain}}

#template sender-authentication-failed
nslookup -type=TXT {{senderDomain}}
nslookup -type=TXT {{senderDmarc}}
