// A server in a process of its own, which accepts one token: node bench/cost/http-server.mjs <token>
import { createServer } from 'node:http'

const authorization = `Bearer ${process.argv[2]}`
const server = createServer((request, response) => {
  const status = request.headers.authorization === authorization ? 200 : 401
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end('{"id":7,"state":"open"}')
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
