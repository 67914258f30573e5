/** Where an object has its scope: in a field, since a WeakMap costs more than queueing an op. */
export const ownerScope = Symbol('scope');

/** What a scope disposes at its end. Tensor is one; scope.ts does not need to know more of it. */
interface Owned {
  [ownerScope]: Scope | null;
  dispose(): void;
}

export class Scope {
  readonly owned = new Set<Owned>();
}

const scopes: Scope[] = [];

/** Files a new object under the innermost scope, if there is one. */
export function ownByScope(object: Owned): void {
  const scope = scopes.at(-1);
  if (scope === undefined) return;
  scope.owned.add(object);
  object[ownerScope] = scope;
}

ownByScope.forget = (object: Owned): void => {
  object[ownerScope]?.owned.delete(object);
  object[ownerScope] = null;
};

/** Calls `visit` for every owned object inside a result: itself, in a list, or in a record. */
function visitOwned(value: unknown, visit: (object: Owned) => void): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (ownerScope in value) visit(value as Owned);
  else if (Array.isArray(value)) for (const item of value) visitOwned(item, visit);
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) visitOwned(item, visit);
  }
}

/**
 * Runs `body` and disposes every tensor made in it, except those in its result
 * (a tensor, or lists and plain records of tensors), which pass to the scope
 * around. On an exception everything made is disposed.
 *
 * `body` is synchronous: queueing work never waits, and a scope that spanned an
 * await would own the tensors of whoever runs in between.
 */
export function scoped<T>(body: () => T): T {
  const scope = new Scope();
  scopes.push(scope);
  let result: T;
  try {
    result = body();
    if (result instanceof Promise) throw new TypeError('scoped() takes a synchronous body');
  } catch (error) {
    scopes.pop();
    disposeAll(scope);
    throw error;
  }
  scopes.pop();
  visitOwned(result, (object) => {
    if (!scope.owned.delete(object)) return;
    object[ownerScope] = null;
    ownByScope(object);
  });
  disposeAll(scope);
  return result;
}

function disposeAll(scope: Scope): void {
  for (const object of scope.owned) {
    object[ownerScope] = null;
    object.dispose();
  }
}
