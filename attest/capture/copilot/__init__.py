"""GitHub Copilot in the terminal, in VS Code and in Visual Studio: one agent's tools, several ways of recording them."""
