# The twin of whereof-hook.sh for PowerShell. Untested where no Windows runs.
# Notes that something happened: ids, paths and times, one line in the spool of this clone. Never a word of a prompt.
# It always ends with 0 and deletes nothing.
param([string]$Agent = '', [string]$Event = '')
$ErrorActionPreference = 'SilentlyContinue'
try {
    if ($Agent -notmatch '^[A-Za-z0-9._-]+$' -or $Event -notmatch '^[A-Za-z0-9._-]+$') { exit 0 }
    $here = Split-Path -Parent $MyInvocation.MyCommand.Path
    $spool = Join-Path $here 'spool'
    $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    $pausedFile = Join-Path $here 'paused'
    if (Test-Path $pausedFile) {
        $until = (Get-Content $pausedFile -TotalCount 1)
        if ($until -notmatch '^[0-9]+$' -or $now -lt [long]$until) { exit 0 }
    }
    $payload = $null
    if ([Console]::IsInputRedirected) {
        $buffer = New-Object char[] 8192
        $count = [Console]::In.ReadBlock($buffer, 0, 8192)
        $payload = -join $buffer[0..([Math]::Max($count - 1, 0))]
    }
    function Get-Member-Text([string[]]$Names) {
        foreach ($name in $Names) {
            $match = [regex]::Match($payload, '"' + $name + '":\s?"((?:[^"\\\x00-\x1f]|\\.){1,1024})"')
            if ($match.Success) { return $match.Groups[1].Value }
        }
        return $null
    }
    $line = '{"v":1,"t":' + $now + ',"agent":"' + $Agent + '","event":"' + $Event + '"'
    $fields = [ordered]@{
        session = @('session_id', 'sessionId', 'conversation_id'); transcript = @('transcript_path', 'transcriptPath')
        cwd = @('cwd'); turn = @('prompt_id', 'turn_id', 'generation_id'); call = @('tool_use_id', 'toolCallId')
        mode = @('permission_mode'); sub = @('agent_id'); why = @('source', 'trigger', 'reason')
    }
    $values = @{}
    foreach ($name in $fields.Keys) {
        $value = Get-Member-Text $fields[$name]
        if ($value) { $line += ',"' + $name + '":"' + $value + '"'; $values[$name] = $value }
    }
    New-Item -ItemType Directory -Force -Path $spool | Out-Null
    $file = Join-Path $spool ('events-' + ($now -shr 20) + '.jsonl')
    $bytes = [Text.Encoding]::UTF8.GetBytes("`n" + $line + "}`n")
    $stream = New-Object IO.FileStream($file, [IO.FileMode]::Append, [IO.FileAccess]::Write, [IO.FileShare]::ReadWrite)
    $stream.Write($bytes, 0, $bytes.Length)
    $stream.Dispose()
    if ($values.transcript -and $values.session -match '^[A-Za-z0-9_-][A-Za-z0-9._-]*$' -and $Event -match '(?i)stop|compact|compress|end$|AfterAgent') {
        $copies = Join-Path $spool 'copies'
        New-Item -ItemType Directory -Force -Path $copies | Out-Null
        Copy-Item -LiteralPath ($values.transcript -replace '\\\\', '\') -Destination (Join-Path $copies "$Agent-$($values.session)")
    }
    if ($Agent -eq 'cursor') { '{}' }
} catch { }
exit 0
