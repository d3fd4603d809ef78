// A web server that reports whether it leads. It asks the elector beside it, as in 2016.
const http = require('node:http');
const me = process.env.POD_NAME ?? require('node:os').hostname();

let leader = '';
let asked = 0;

// elector stops naming a leader before the lease is over: 3.3 seconds before, with the default
// timing. An answer is therefore good for 3 seconds from the question, which is asked every second.
const leads = () => leader === me && performance.now() - asked < 3000;

async function ask() {
  const now = performance.now();
  try {
    const answer = await fetch('http://localhost:4040/', { signal: AbortSignal.timeout(2000) });
    leader = (await answer.json()).name;
    asked = now;
  } catch {
    leader = ''; // without an answer, do not lead
  }
  setTimeout(ask, 1000);
}
ask();

http.createServer((request, response) => response.end(leads() ? 'I lead\n' : 'I do not lead\n')).listen(8080);
