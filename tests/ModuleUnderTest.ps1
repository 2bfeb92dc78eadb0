# What every Pester file starts with: the module that is under test, imported, and a scratch folder with the examples as current location.
$ErrorActionPreference = 'Stop'
$repository = Split-Path $PSScriptRoot
$manifest = if ($env:PARALLELDAG_MODULE) { $env:PARALLELDAG_MODULE } else { Join-Path $repository 'ParallelDag.psd1' }
Import-Module $manifest -Force
. $PSScriptRoot/Pwsh.ps1
$moduleRoot = Split-Path $manifest

# A new folder with a copy of examples/, as current location. Leave it with Pop-Location.
function Enter-Scratch {
    $folder = Join-Path ([IO.Path]::GetTempPath()) ('paralleldag-' + [IO.Path]::GetRandomFileName())
    $null = New-Item -ItemType Directory $folder
    Copy-Item (Join-Path $repository 'examples') $folder -Recurse
    Push-Location $folder
    $folder
}

function Exit-Scratch([string] $Folder) {
    Pop-Location
    Remove-Item -LiteralPath $Folder -Recurse -Force
}

# Runs a script in a PowerShell process of its own that has the module imported; returns its output and sets $LASTEXITCODE.
function Invoke-Child([string] $Script, [switch] $WithoutImport) {
    $text = if ($WithoutImport) { $Script } else { "Import-Module '$manifest'; $Script" }
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
    Start-Pwsh -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand $encoded 2>&1
}

# The error records that a script block writes, none of them terminating.
function Get-Fault([scriptblock] $Script) {
    $ErrorActionPreference = 'Continue'
    $faults = @()
    $null = & $Script 2>&1 | ForEach-Object { if ($_ -is [Management.Automation.ErrorRecord]) { $faults += $_ } }
    $faults
}

# Text as a person sees it on a console that is 80 columns wide, line by line.
function Get-Screen([Parameter(ValueFromPipeline)] $InputObject) {
    begin { $all = @() }
    process { $all += $InputObject }
    end { ($all | Out-String -Width 80) -split "`r?`n" }
}
