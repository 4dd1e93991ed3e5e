// The rules of proxies: those of Go's clients, so that an environment means the same here and for kubectl.
import * as assert from 'uvu/assert'
import { proxyFor } from '../../src/kube/proxy.ts'
import { suite, table } from '../suite.ts'

const test = suite('the proxy of an address')
const proxy = 'http://proxy:3128'

const facts: Record<
  string,
  { url?: string; noProxy?: string; httpsProxy?: string | undefined; is?: string | undefined }
> = {
  'https goes through it': { is: proxy },
  'without a proxy everything goes directly': { httpsProxy: undefined, is: undefined },
  'a proxy without a scheme is called by http': { httpsProxy: 'proxy:3128', is: proxy },
  'http goes directly': { url: 'http://api.example.com', is: undefined },
  'localhost goes directly': { url: 'https://localhost:6443', is: undefined },
  '127.1.2.3 goes directly': { url: 'https://127.1.2.3:6443', is: undefined },
  '::1 goes directly': { url: 'https://[::1]:6443', is: undefined },
  'a name that only begins like this machine’s goes through it': { url: 'https://127.0.0.1.example.com', is: proxy },
  'a name covers itself': { noProxy: 'api.example.com', is: undefined },
  'a name covers its subdomains': { noProxy: 'example.com', is: undefined },
  'a name does not cover names that only end like it': { noProxy: 'ample.com', is: proxy },
  'a name with a dot before covers subdomains': { noProxy: '.example.com', is: undefined },
  'a name with a dot before does not cover itself': { noProxy: '.api.example.com', is: proxy },
  'a name with a star before covers subdomains': { noProxy: '*.example.com', is: undefined },
  'capitals make no difference': { noProxy: 'API.Example.COM', is: undefined },
  'blanks around an entry make no difference': { noProxy: 'a.example, example.com ,b.example', is: undefined },
  'a star covers everything': { noProxy: 'a.example,*', is: undefined },
  'an empty entry covers nothing': { noProxy: ',,', is: proxy },
  'a port limits an entry': { noProxy: 'example.com:444', is: proxy },
  'an entry with the port of https covers it': { noProxy: 'example.com:443', is: undefined },
  'an address covers itself': { url: 'https://10.0.0.1', noProxy: '10.0.0.1', is: undefined },
  'an address covers no other': { url: 'https://10.0.0.11', noProxy: '10.0.0.1', is: proxy },
  'an address with a port covers that port': { url: 'https://10.0.0.1:6443', noProxy: '10.0.0.1:6443', is: undefined },
  'a network covers its addresses': { url: 'https://10.11.12.13', noProxy: '10.0.0.0/8', is: undefined },
  'a network covers no others': { url: 'https://11.0.0.1', noProxy: '10.0.0.0/8', is: proxy },
  'a network covers no names': { noProxy: '0.0.0.0/0', is: proxy },
  'a network of the other family covers nothing': { url: 'https://[fd00::1]', noProxy: '10.0.0.0/8', is: proxy },
  'a network of IPv6 covers its addresses': { url: 'https://[fd00::1]', noProxy: 'fd00::/8', is: undefined },
  'an address of IPv6 covers itself': { url: 'https://[fd00::1]', noProxy: 'fd00::1', is: undefined },
  'a network that is not one covers nothing': { url: 'https://10.0.0.1', noProxy: '10.0.0.0/99,10.0.0.0/x', is: proxy },
}
table(test, facts, ({ url = 'https://api.example.com', noProxy, is, ...given }) => {
  const httpsProxy = 'httpsProxy' in given ? given.httpsProxy : proxy
  assert.is(proxyFor(url, { httpsProxy, noProxy }), is)
})

test.run()
