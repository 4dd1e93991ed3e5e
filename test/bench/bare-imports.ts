// The peer of a process: the libraries that it imports, an endpoint that says ready, and nothing else.
import { createServer } from 'node:http'

const [port = '0', ...libraries] = process.argv.slice(2)
for (const library of libraries) await import(library)

// An orderly end: only then does Node.js write its compile cache.
process.on('SIGTERM', () => process.exit(0))

createServer((request, response) => {
  const { rss } = process.memoryUsage()
  response.writeHead(200).end(request.url === '/metrics' ? `process_resident_memory_bytes ${rss}\n` : 'ok')
}).listen(Number(port), '127.0.0.1')
