// Earlier commits of this repository as peers, unpacked from its own history into our cache folder. It only reads git, and
// the working tree stays as it is.
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, realpath, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { binariesFolder } from '../../../src/sim/controlplane/places.ts'

/** A version of this repository that can be run, and what the tables call it. */
export type Checkout = { name: string; root: string }

/** This working tree. */
export const ours: Checkout = { name: 'ours', root: join(import.meta.dirname, '../../..') }

/** `before` is what the goals are set against; `start` is the last commit before calls were saved. */
const commits = {
  before: '74d93e55892322bda3f3454e7ab5e7f82d2b90dd',
  start: '2de0f680967ebb747ea18b1f949d641c0e2691d9',
}
export type PeerName = keyof typeof commits

const run = promisify(execFile)
/** An archive of the whole tree is some 10 MB. */
const maxBytes = 256 * 2 ** 20

/** The peers that `repository` holds, in this order. Says in one sentence why another is left out. */
export async function checkoutsOf(
  names: readonly PeerName[],
  say: (line: string) => void,
  repository = ours.root,
): Promise<Checkout[]> {
  const found: Checkout[] = []
  for (const name of names) {
    const made = await checkoutOf(commits[name], repository)
    if ('root' in made) found.push(made)
    else say(`Not compared with ${commits[name].slice(0, 7)}: ${made.because}.`)
  }
  return found
}

async function checkoutOf(commit: string, repository: string): Promise<Checkout | { because: string }> {
  const name = commit.slice(0, 7)
  if (!(await isInHistory(commit, repository)))
    return { because: 'this copy of the repository does not hold that commit; a full clone does' }
  const root = join(dirname(binariesFolder(process.env)), `bench-${name}`)
  if (!(await isThere(root))) await unpack({ commit, repository }, root)
  await install(root)
  return { name, root }
}

async function isInHistory(commit: string, repository: string): Promise<boolean> {
  return run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: repository }).then(
    () => true,
    () => false,
  )
}

// Under another name first, so that an interrupted checkout does not look complete.
async function unpack({ commit, repository }: { commit: string; repository: string }, root: string): Promise<void> {
  await mkdir(dirname(root), { recursive: true })
  const folder = await mkdtemp(`${root}-`)
  try {
    const archive = join(folder, 'tree.tar')
    await run('git', ['archive', '--output', archive, commit], { cwd: repository, maxBuffer: maxBytes })
    await mkdir(join(folder, 'tree'))
    await run('tar', ['-xf', archive, '-C', join(folder, 'tree')])
    await rename(join(folder, 'tree'), root)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Our own libraries where the lock files are the same; otherwise those that its lock file pins. */
async function install(root: string): Promise<void> {
  const modules = join(root, 'node_modules')
  const [own, its] = await Promise.all(
    [ours.root, root].map(folder => readFile(join(folder, 'package-lock.json'), 'utf8')),
  )
  if (own !== its) {
    if (!(await isThere(join(modules, '.package-lock.json'))))
      await run('npm', ['ci'], { cwd: root, maxBuffer: maxBytes })
    return
  }
  // The working tree that it was linked to may be gone.
  if (await isThere(modules)) return
  await rm(modules, { force: true })
  await symlink(await realpath(join(ours.root, 'node_modules')), modules)
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
