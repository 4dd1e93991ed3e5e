#!/usr/bin/env node
// `npm run kubectl -- ARGS`: the control plane's kubectl, pointed at the running sandbox.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runAttached } from '../attached.ts'
import { locateBinaries } from './locate.ts'

const sandbox = join(import.meta.dirname, '../../../.sandbox/kubeconfig')
const kubeconfig = process.env['KUBECONFIG'] ?? sandbox

// kustomize needs no cluster.
if (!existsSync(kubeconfig) && process.argv[2] !== 'kustomize') {
  console.error('The sandbox is not running: type npm start in another terminal.')
  process.exit(1)
}
const { folder } = await locateBinaries()
runAttached(join(folder, 'kubectl'), process.argv.slice(2), { KUBECONFIG: kubeconfig })
