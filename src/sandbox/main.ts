#!/usr/bin/env node
// `npm start`: the sandbox. What an earlier start has compiled is in the cache folder
// (nodejs.org/api/module.html#module-compile-cache).
import { enableCompileCache } from 'node:module'
import { compiledFolder } from '../sim/controlplane/places.ts'

enableCompileCache(compiledFolder(process.env))
await import('./start.ts')
