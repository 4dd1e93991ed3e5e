#!/usr/bin/env node
// Completes `kubectl hallpass`: kubectl runs this with what was typed. Old syntax only, as in hallpass.js.
process.argv.splice(2, 0, '__complete', '--')
import('./hallpass.js')
