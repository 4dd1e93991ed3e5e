#!/usr/bin/env node
// `npm run controlplane`: finds or builds the control plane's binaries and prints their folder. With a version, such as
// 1.32, the folder of that version's API server.
import { dirname } from 'node:path'
import { locateApiServer } from './locate.ts'
import { isMinor, kubernetesVersions, usualMinor } from './places.ts'

const wanted = process.argv.slice(2)
try {
  for (const minor of wanted.length > 0 ? wanted : [usualMinor]) {
    if (!isMinor(minor))
      throw new Error(
        `Kubernetes "${minor}" is not one of the pinned versions: ${Object.keys(kubernetesVersions).join(', ')}.`,
      )
    console.log(dirname(await locateApiServer(minor)))
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
