#!/usr/bin/env node
// `npm run controlplane`: finds or builds the control plane's binaries and prints their folder.
import { locateBinaries } from './locate.ts'

try {
  const { folder } = await locateBinaries()
  console.log(folder)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
