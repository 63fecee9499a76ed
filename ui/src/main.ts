import "./style/tokens.css";
import "./style/base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { access } from "./state/access.svelte.ts";
import { connection } from "./state/connection.svelte.ts";
import { route } from "./state/route.svelte.ts";
import { trial } from "./state/trial.svelte.ts";

access.start();
void access.arrive();
trial.start();
connection.start();
route.start();
mount(App, { target: document.getElementById("app")! });
