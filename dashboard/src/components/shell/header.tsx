"use client";

import { MenuIcon, SearchIcon } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Sheet } from "@/components/ui/dialog";
import { Breadcrumb } from "./breadcrumb";
import { Sidebar } from "./sidebar";
import { ThemeToggle } from "./theme-toggle";
import { usePaletteKey } from "./use-palette-key";
import { UserMenu } from "./user-menu";

const Palette = dynamic(() => import("./palette").then((module) => module.Palette), { ssr: false });

export function Header() {
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [isPaletteOpen, setPaletteOpen] = useState<boolean>();
  usePaletteKey(() => setPaletteOpen((isOpen) => !isOpen));
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b bg-background/85 px-3 backdrop-blur md:px-6">
      <Button variant="ghost" size="icon" className="md:hidden" aria-label="Open the menu" onClick={() => setMenuOpen(true)}>
        <MenuIcon aria-hidden />
      </Button>
      <Sheet isOpen={isMenuOpen} onOpenChange={setMenuOpen} title="Menu" side="left">
        <Sidebar onNavigate={() => setMenuOpen(false)} />
      </Sheet>
      <Breadcrumb />
      <div className="ml-auto flex items-center gap-1">
        <Button variant="outline" size="sm" className="hidden text-muted-foreground sm:inline-flex" onClick={() => setPaletteOpen(true)}>
          <SearchIcon aria-hidden />
          Search
          <kbd className="ml-4 rounded border bg-muted px-1.5 font-mono text-[0.7rem]">Ctrl K</kbd>
        </Button>
        <Button variant="ghost" size="icon" className="sm:hidden" aria-label="Search" onClick={() => setPaletteOpen(true)}>
          <SearchIcon aria-hidden />
        </Button>
        <ThemeToggle />
        <UserMenu />
      </div>
      {/* Its code is loaded when it is opened for the first time. */}
      {isPaletteOpen !== undefined && <Palette isOpen={isPaletteOpen} onOpenChange={setPaletteOpen} />}
    </header>
  );
}
