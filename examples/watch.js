// A web server that reports whether it leads. It follows elector's stream of changes.
const http = require('node:http');
const readline = require('node:readline');

let leads = false;

const watch = () => http.get('http://localhost:4040/watch', (events) => {
  readline.createInterface({ input: events }).on('line', (line) => {
    if (line.startsWith('data:')) leads = JSON.parse(line.slice(5)).isLeader;
  }).on('error', () => {});
}).on('error', () => {}).on('close', () => { leads = false; setTimeout(watch, 1000); });
watch();

http.createServer((request, response) => response.end(leads ? 'I lead\n' : 'I do not lead\n')).listen(8080);
