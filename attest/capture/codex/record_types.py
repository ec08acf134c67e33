"""Which record types Codex writes."""

from __future__ import annotations

TYPES = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state"})

QUIET_ITEMS = frozenset({"ghost_snapshot", "other"})
"""Items of the conversation that say nothing of what was decided or done: counted, without an event."""

QUIET_EVENTS = frozenset(
    {
        "token_count",
        "task_started",
        "task_complete",
        "turn_started",
        "turn_complete",
        "agent_reasoning",
        "agent_reasoning_raw_content",
        "agent_reasoning_section_break",
        "exec_command_begin",
        "exec_command_output_delta",
        "mcp_tool_call_begin",
        "patch_apply_begin",
        "web_search_begin",
        "web_search_end",
        "context_compacted",
        "item_started",
        "plan_update",
        "turn_diff",
        "thread_name_updated",
        "view_image_tool_call",
    }
)
"""Events that only repeat, announce or count what other records hold. `token_count` is read for usage."""

NOTICES = frozenset(
    {
        "exec_command_end",
        "mcp_tool_call_end",
        "patch_apply_end",
        "item_completed",
        "entered_review_mode",
        "exited_review_mode",
        "thread_settings_applied",
        "thread_rolled_back",
        "error",
        "stream_error",
        "warning",
        "exec_approval_request",
        "apply_patch_approval_request",
        "request_user_input",
        "guardian_assessment",
        "model_reroute",
        "collab_agent_spawn_begin",
        "collab_agent_spawn_end",
        "collab_agent_interaction_end",
        "collab_waiting_end",
        "collab_close_end",
    }
)
"""Events that are kept as notices; some of them are read by rules."""
