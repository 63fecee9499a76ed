import "./style/tokens.css";
import "./style/base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { connection } from "./state/connection.svelte.ts";
import { route } from "./state/route.svelte.ts";

connection.start();
route.start();
mount(App, { target: document.getElementById("app")! });
