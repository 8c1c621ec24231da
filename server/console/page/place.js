// Where a view works: the app, what the administrator may do there, and how it loads, acts and goes on refreshing.

import { get, send } from "./api.js";
import { confirmation } from "./confirmation.js";

/** Milliseconds after which what was done has come to the log. */
const SOON = 600;

/** What one view is given; it is closed when another one takes its place. */
export class Place {
  #page;
  #leaving = new AbortController();
  #timer = 0;
  #view = null;
  isLoading = true;
  isBusy = false;

  constructor(page) {
    this.#page = page;
  }

  /** Tell the place what the address says. */
  settle(known) {
    Object.assign(this, known);
  }

  /** Load the view for the first time, and again as often as it wants. */
  async begin(view) {
    this.#view = view;
    await this.refresh();
    this.isLoading = false;
  }

  /** Load again what the view shows, and draw it. */
  async refresh() {
    clearTimeout(this.#timer);
    try {
      await this.#view?.load?.(this.#leaving.signal);
    } catch (error) {
      this.#unlessClosed(() => this.#page.fail(error));
    }
    this.#unlessClosed(() => {
      this.#page.draw();
      this.#lookAgain(this.#view?.every);
    });
  }

  /** Refresh a view that goes on refreshing, after so many milliseconds. */
  #lookAgain(pause) {
    clearTimeout(this.#timer);
    this.#timer = this.#view?.every && !this.#leaving.signal.aborted ? setTimeout(() => this.#tick(), pause) : 0;
  }

  /** Do something and tell what was done, here or at the address `next`; buttons wait meanwhile. */
  async act(work, done, next = "") {
    this.isBusy = true;
    this.draw();
    try {
      await work();
      this.isBusy = false;
      if (next) {
        this.#unlessClosed(() => this.#page.leaveFor(next, done));
        return;
      }
      await this.refresh();
      this.#lookAgain(SOON);
      this.#unlessClosed(() => this.#page.say(done));
    } catch (error) {
      this.isBusy = false;
      this.#unlessClosed(() => this.#page.fail(error));
    }
  }

  /** Ask before something that cannot be taken back. */
  confirm(question) {
    return confirmation.ask(question);
  }

  /** Whether the administrator may do it with this app. */
  may(power) {
    return grants(this.profile, power, this.app?.client_app_id);
  }

  /** A GET below the app. */
  get(path) {
    return get(this.#below(path), this.#leaving.signal);
  }

  /** A request below the app. */
  send(method, path, body) {
    return send(method, this.#below(path), body);
  }

  draw() {
    this.#unlessClosed(() => this.#page.draw());
  }

  close() {
    clearTimeout(this.#timer);
    this.#leaving.abort();
    confirmation.dismiss();
  }

  #below(path) {
    return `/groups/${this.app.group_id}/apps/${this.app._id}${path}`;
  }

  #tick() {
    if (document.hidden) {
      document.addEventListener("visibilitychange", () => this.#unlessClosed(() => this.refresh()), { once: true });
    } else {
      this.refresh();
    }
  }

  #unlessClosed(work) {
    if (!this.#leaving.signal.aborted) {
      work();
    }
  }
}

/** Whether a role of the profile grants the power for the app; without one, for all apps. */
export function grants(profile, power, appId) {
  const roles = profile?.roles ?? [];
  return roles.some((role) => role.powers.includes(power) && (role.app_id === null || role.app_id === appId));
}
