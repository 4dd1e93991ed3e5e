#!/usr/bin/env node
// The `hallpass` command, also found by kubectl as its plugin: the compiled code of the package, or the sources of a
// checkout. An older Node.js reads this file too, so it uses old syntax only.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const oldest = 24
const source = '../src/cli/hallpass.ts'

if (Number(process.versions.node.split('.')[0]) < oldest) {
  console.error(
    `hallpass: This is Node.js ${process.versions.node}, and Hallpass needs ${oldest} or newer. Install one from nodejs.org.`,
  )
  process.exitCode = 1
} else {
  const isCheckout = existsSync(fileURLToPath(new URL(source, import.meta.url)))
  await import(isCheckout ? source : '../dist/cli/hallpass.js')
}
