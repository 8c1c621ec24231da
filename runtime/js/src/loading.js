// Whether modules are being loaded into an image, and which of them must not stay there as they are.

/** Modules that are being evaluated, the outermost first; each knows whether it `drew` and is `fresh` therefore. */
let evaluated = [];
let building = true;

/** Notes that a module is being evaluated from now on. */
export function enterModule(module) {
  evaluated[evaluated.length] = module;
}

/** Notes that the innermost module has been evaluated. */
export function leaveModule() {
  evaluated.length -= 1;
}

/** Whether what happens now happens while an image is made. */
export const isBuilding = () => building;

/** The image is complete; from now on there are only calls. */
export function endBuilding() {
  building = false;
}

/**
 * Something is asked for that differs from call to call: randomness, or a host call. Every module that is being
 * evaluated in an image may keep the answer, so each of them is evaluated anew at each call that requires it.
 */
export function noteChance() {
  if (!building || evaluated.length === 0) return;
  evaluated[evaluated.length - 1].drew = true;
  for (let i = 0; i < evaluated.length; i++) evaluated[i].fresh = true;
}
